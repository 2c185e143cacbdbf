"""What is wrong with a template, said in one line that names the resource."""


class TemplateError(Exception):
    """The template needs something that the local run lacks, or is not valid."""
