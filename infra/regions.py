"""API Gateway's requests a second of an account: HTTP, REST and WebSocket APIs and posts share them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html (read in November 2026)
"""

REQUESTS_PER_SECOND = 10_000
FEWER_REQUESTS_PER_SECOND = 2_500
REGIONS_WITH_FEWER = {
    "af-south-1": "Cape Town",
    "ap-south-2": "Hyderabad",
    "ap-southeast-3": "Jakarta",
    "ap-southeast-4": "Melbourne",
    "ap-southeast-5": "Malaysia",
    "ap-southeast-7": "Thailand",
    "ca-west-1": "Calgary",
    "eu-central-2": "Zurich",
    "eu-south-1": "Milan",
    "eu-south-2": "Spain",
    "il-central-1": "Tel Aviv",
    "me-central-1": "UAE",
    "mx-central-1": "Mexico",
}
# A new account's own quota can be lower: `python -m ops doctor` reads it.


def requests_per_second(region: str) -> int:
    return FEWER_REQUESTS_PER_SECOND if region in REGIONS_WITH_FEWER else REQUESTS_PER_SECOND
