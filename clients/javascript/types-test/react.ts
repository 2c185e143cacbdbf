import { useRealtime } from "tidings/react";
import type { Catalog } from "../../../events/types.js";

const options = { url: "wss://api.yourdomain.com/api/v1/ws", maxMessages: 50 };
const { connected, messages, on, subscribe } = useRealtime<Catalog>("user123", ["jobs"], options);
void [connected satisfies boolean, messages.map(({ type }) => type), subscribe("skills")];
on("job.analyzed", (data) => data.match_score satisfies number);
useRealtime<Catalog>(undefined, [], { ...options, token: async () => null });

// @ts-expect-error no such channel
useRealtime<Catalog>("user123", ["job"], options);
// @ts-expect-error there is no address
useRealtime<Catalog>("user123", ["jobs"], {});
// @ts-expect-error the user is the first argument
useRealtime<Catalog>("user123", ["jobs"], { ...options, userId: "user456" });
// @ts-expect-error no such field
on("job.analyzed", (data) => data.score);

// Without a catalogue: any event type, any payload.
const untyped = useRealtime("user123", ["orders/42"], options);
untyped.on("order.shipped", (data) => data.order_id);
untyped.on("status", (status) => status.state satisfies string);
