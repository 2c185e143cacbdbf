// What is declared is what is there: the source, as the compiler understands it, can stand in for the declarations.
import * as declared from "tidings";
import * as declaredProducer from "tidings/producer";
import * as declaredReact from "tidings/react";
import * as source from "../src/index.js";
import * as producer from "../src/producer.js";
import * as react from "../src/react.js";

const client: declared.TidingsClient = new source.TidingsClient({ url: "ws://localhost/" });
const error: declared.TidingsError = new source.TidingsError("timeout", "…");
const publisher: declaredProducer.Producer = new producer.Producer({ bus: "b", source: "s" });
const hook: typeof declaredReact.useRealtime<declared.AnyCatalog> = react.useRealtime;
const inbox: typeof declaredReact.useInbox<declared.AnyCatalog> = react.useInbox;
// No member is there that is not declared.
const members: keyof declared.TidingsClient = null as unknown as keyof source.TidingsClient;
void [client, error, publisher, hook, inbox, members];
