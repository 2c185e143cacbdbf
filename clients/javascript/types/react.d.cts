import type * as react from "./react.js" with { "resolution-mode": "import" };

export type * from "./react.js" with { "resolution-mode": "import" };
export declare const useRealtime: typeof react.useRealtime;
export declare const useInbox: typeof react.useInbox;
