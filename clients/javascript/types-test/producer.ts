import { Producer, type NotPublished } from "tidings/producer";
import type { Catalog } from "../../../events/types.js";

const producer = new Producer<Catalog>({ bus: "tidings-dev", source: "tests" });
const ids: Promise<string[]> = producer.publish([
  { type: "job.analyzing", data: { job_id: 42, company: "Google", job_title: "Engineer" }, userId: "user123" },
  { type: "schedule.cancelled", data: {}, scheduleKey: "k" },
]);
ids.catch((error: NotPublished) => error.messages.map(({ id }) => id));

// @ts-expect-error no such event type
void producer.publish({ type: "job.analysed", data: {} });
// @ts-expect-error a field is missing
void producer.publish({ type: "job.analyzing", data: { job_id: 42 } });
// @ts-expect-error a number is not text
void producer.publish({ type: "job.analyzing", data: { job_id: "42", company: "Google", job_title: "Engineer" } });
// @ts-expect-error sent by the system itself
void producer.publish({ type: "system.ping", data: { timestamp: "2025-11-14T15:00:00Z" } });
// @ts-expect-error there is no bus
new Producer({ source: "tests" });

// Without a catalogue: any type, any payload.
void new Producer({ bus: "b", source: "s" }).publish({ type: "order.shipped", data: { order_id: 42 }, userId: "user123" });
// @ts-expect-error the user is text
void new Producer({ bus: "b", source: "s" }).publish({ type: "order.shipped", data: {}, userId: 42 });
