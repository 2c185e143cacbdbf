"""What a tick costs, with little and with much in the schedule: `python -m benchmarks.schedule`."""
