"""Requests that nobody wrote down: drawn from the contract, sent, judged and shrunk."""
