"""What several payloads share."""

from tidings.catalog import Id, Payload, Text


class Job(Payload):
    job_id: Id
    company: Text
    job_title: Text
