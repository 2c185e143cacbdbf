// Compiled against the types as published; what must not compile is marked, and the compiler fails where it does.
import { TidingsClient, TidingsError, type AnyEvent, type Channel, type Status, type TidingsEvent } from "tidings";
import type { Catalog } from "../../../events/types.js";

const client = new TidingsClient<Catalog>({
  url: "wss://api.yourdomain.com/api/v1/ws",
  userId: "user123",
  channels: ["jobs", "interviews"],
  token: async ({ attempt, refused }) => (refused ? null : `token-${attempt}`),
});

const off: () => void = client.on("job.analyzed", (data, event) => {
  const score: number = data.match_score;
  const type: "job.analyzed" = event.type;
  const id: string | undefined = event.id;
  void [score, type, id];
});
off();

client.on("interview.updated", async (data) => {
  if (data.status === "cancelled") await Promise.resolve();
  const calendar: string | null | undefined = data.calendar_event_id;
  void calendar;
});

client.on("*", (_data, event) => {
  if (event.type === "followup.due") void (event.data.hours_until_due satisfies number);
});

client.on("status", (status: Status) => {
  if (status.state === "reconnecting") void (status.retryAt satisfies number | undefined);
});
client.on("error", (error) => void (error.code satisfies string));

const heard = (event: AnyEvent<Catalog>): string => (event.type === "job.created" ? event.data.company : event.type);
const scored = (event: TidingsEvent<Catalog, "job.analyzed">): number => event.data.match_score;
void [heard, scored, new TidingsError("timeout", "…")];

const subscribed: Promise<{ channel: Channel<Catalog>; subscriber_count: number }> = client.subscribe("skills");
void subscribed;

// Wrong usages:
// @ts-expect-error there is no address
new TidingsClient<Catalog>({ channels: ["jobs"] });
// @ts-expect-error no such channel
new TidingsClient<Catalog>({ url: "ws://localhost/", channels: ["job"] });
// @ts-expect-error a token is text
new TidingsClient<Catalog>({ url: "ws://localhost/", token: 42 });
// @ts-expect-error no such event type
client.on("job.analysed", () => {});
// @ts-expect-error this payload has no such field
client.on("job.analyzed", (data) => data.matchScore);
// @ts-expect-error a number is not text
client.on("job.analyzed", (data) => data.match_score.toUpperCase());
// @ts-expect-error no such status of an interview
client.on("interview.updated", (data) => data.status === "moved");
// @ts-expect-error no such state
client.on("status", (status) => status.state === "online");
// @ts-expect-error only a reconnecting client has a next try
client.on("status", (status) => status.retryAt);
// @ts-expect-error no such channel
void client.subscribe("job");
// @ts-expect-error followup.scheduled is for the bus only
client.on("followup.scheduled", () => {});
// @ts-expect-error the status is told, not set
client.status = { state: "open", connectionId: "c1" };
// @ts-expect-error private
client.link;

const next: Promise<TidingsEvent<Catalog, "job.analyzed">> = client.once("job.analyzed", { where: (data) => data.job_id === 42 });
void next;
const loop = async () => {
  for await (const event of client) if (event.type === "job.created") void event.data.company;
  for await (const event of client.events("job.analyzed")) void event.data.match_score;
};
void loop;
client.on("status", (status) => void (status.reason satisfies string | undefined));
// @ts-expect-error no such event type
void client.once("job.analysed");

// Without a catalogue: any event type, any payload; what the client tells about itself is typed all the same.
const untyped = new TidingsClient({ url: "ws://localhost/", channels: ["orders/42"] });
untyped.on("order.shipped", (data, event) => void [data.order_id, event.type satisfies string, event.channel]);
untyped.on("*", (_data, event: AnyEvent) => void event.data.anything);
untyped.on("status", (status) => void (status satisfies Status));
untyped.on("error", (error) => void (error.code satisfies string));
void untyped.once("order.shipped", { where: (data) => data.order_id === 42 }).then((event) => event.data.order_id);
// @ts-expect-error no such state
untyped.on("status", (status) => status.state === "online");

// Channels with parameters, as `make types` writes them.
interface Shop {
  events: { "order.shipped": { order_id: number } };
  channelOf: { "order.shipped": `orders/${string}` };
  channels: "news" | `orders/${string}`;
  produced: { "order.shipped": { order_id: number } };
}
const shop = new TidingsClient<Shop>({ url: "ws://localhost/", channels: ["news", "orders/42"] });
shop.on("order.shipped", (data, event) => void [data.order_id satisfies number, event.channel satisfies `orders/${string}` | undefined]);
void shop.subscribe(`orders/${42}`);
// @ts-expect-error no such channel
void shop.subscribe("order/42");
// @ts-expect-error no such event type
shop.on("job.created", () => {});
// @ts-expect-error not a catalogue
type Wrong = TidingsClient<{ events: {} }>;
