// What the samples of the documentation take for granted.
declare const url: string;
declare const notify: (text: string) => void;
declare const save: (id: string | undefined, data: object) => Promise<void>;
declare const fetchSession: (options: { fresh: boolean }) => Promise<{ token: string } | null>;
declare const client: import("tidings").TidingsClient;
declare const loadJobs: () => Promise<unknown[]>;
declare const showJobs: (jobs: unknown[]) => void;
declare const showBadge: (unseen: number) => void;
