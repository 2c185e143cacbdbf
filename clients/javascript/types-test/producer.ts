import { Producer, type NotPublished } from "tidings/producer";

const producer = new Producer({ bus: "tidings-dev", source: "tests" });
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
