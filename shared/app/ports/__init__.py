"""What the use cases need from the world: a port a file, named as its adapter in shared/aws and its fake."""
