"""An event on its way to its audience. Read event.py first, then run.py, then posting.py.

event.py          claims an event or a part of one, and lets one run work on it
run.py            one invocation's work: reads the audience, posts, keeps how far it came, hands on the rest
posting.py        one message to a stream of targets: pace, retries, what is left
direct.py         the same without an audience and a history: greetings, notices
undeliverable.py  what is given up, with the reason
"""
