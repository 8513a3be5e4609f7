"""The API of the customer records, and what the APIs of the other rooms build on."""
