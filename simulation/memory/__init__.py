"""AWS services in memory, behind the methods of boto3's clients: one process, no network, no waiting."""
