"""Operating a stage, the local one and those on AWS alike: `python -m ops --stage prod doctor`."""
