"""What stands between a run and a release: waivers, what is flaky, and the file that names both."""
