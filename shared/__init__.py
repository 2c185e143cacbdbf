"""What ships in every Lambda function: the domain, the use cases and the AWS adapters."""
