// A CommonJS module under node16, which TypeScript refuses packages that only know `import`.
import { TidingsClient, TidingsError, type AnyEvent, type ClientOptions } from "tidings";
import { Producer, type Message } from "tidings/producer";
import { useRealtime } from "tidings/react";

const options: ClientOptions = { url: "ws://localhost/" };
const client: TidingsClient = new TidingsClient(options);
client.on("*", (_data, event: AnyEvent) => void event.type);
const message: Message = { type: "user.revoked", data: {}, userId: "user123" };
void [useRealtime, TidingsError, new Producer({ bus: "b", source: "s" }).publish(message)];
