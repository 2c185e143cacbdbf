// A CommonJS module under node16, which TypeScript refuses packages that only know `import`.
import { TidingsClient, TidingsError, type AnyEvent, type ClientOptions } from "tidings";
import type { Catalog } from "../../../events/types.js" with { "resolution-mode": "import" };
import { Producer, type Message } from "tidings/producer";
import { useRealtime } from "tidings/react";

const options: ClientOptions<Catalog> = { url: "ws://localhost/" };
const client: TidingsClient<Catalog> = new TidingsClient<Catalog>(options);
client.on("*", (_data, event: AnyEvent<Catalog>) => void event.type);
// @ts-expect-error no such event type
client.on("job.analysed", () => {});
const message: Message<Catalog> = { type: "user.revoked", data: {}, userId: "user123" };
void [useRealtime, TidingsError, new Producer<Catalog>({ bus: "b", source: "s" }).publish(message)];
