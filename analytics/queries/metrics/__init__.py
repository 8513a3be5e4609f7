"""What the business is measured by: one function a metric, for the page, the API and the admin alike."""
