import { useRealtime } from "tidings/react";

const options = { url: "wss://api.yourdomain.com/api/v1/ws", maxMessages: 50 };
const { connected, messages, on, subscribe } = useRealtime("user123", ["jobs"], options);
void [connected satisfies boolean, messages.map(({ type }) => type), subscribe("skills")];
on("job.analyzed", (data) => data.match_score satisfies number);
useRealtime(undefined, [], { ...options, token: async () => null });

// @ts-expect-error no such channel
useRealtime("user123", ["job"], options);
// @ts-expect-error there is no address
useRealtime("user123", ["jobs"], {});
// @ts-expect-error the user is the first argument
useRealtime("user123", ["jobs"], { ...options, userId: "user456" });
// @ts-expect-error no such field
on("job.analyzed", (data) => data.score);
