"""The metrics of the business: name, section, how each is said and counted. A plug-in registers more of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _l

from analytics.queries.metrics import acquisition, customers, deals, sales, service, subscriptions
from crm.extensions import Metric

SECTIONS = {
    "sales": _l("Sales"),
    "customers": _l("Customers"),
    "acquisition": _l("Winning customers"),
    "deals": _l("Deals"),
    "recurring": _l("Subscriptions"),
    "service": _l("Service"),
}

METRICS = (
    Metric("revenue", _l("Revenue"), "sales", "money",
           _l("All orders minus returns, by the day of the order."), sales.revenue, of=_l("from %(n)s orders")),
    Metric("revenue_expected", _l("Expected revenue"), "sales", "money",
           _l("The sales forecast of the month as it was said when the month began; see “What is coming”."),
           sales.expected_revenue, predicts="revenue"),
    Metric("average_order", _l("Average order"), "sales", "money",
           _l("The sum of all orders ÷ the number of orders; returns do not count as orders."),
           sales.average_order, of=_l("from %(n)s orders")),
    Metric("came_back", _l("Came back"), "sales", "share",
           _l("Of the customers who ordered in this time, the share who had ordered before."), sales.came_back),
    Metric("repeat_rate", _l("Ordered twice or more"), "sales", "share",
           _l("Customers with two orders or more ÷ all customers who ever ordered, as of the last count."),
           sales.repeat_rate, is_now=True),
    Metric("churn", _l("Customers lost"), "customers", "share",
           _l("Customers who became silent ÷ customers at the start; new ones are left out. Silent is no order for 90 "
              "days and for three times the own usual gap. For longer times the average month."),
           customers.lost, is_better="down"),
    Metric("churn_expected", _l("May stay away"), "customers", "share",
           _l("The mean of the calibrated chances that a customer who has not left yet does not order within "
              "the horizon of the model; the range is what chance alone allows in 4 of 5 cases."),
           customers.may_leave, predicts="churn", is_now=True, is_better="down"),
    Metric("value", _l("Customer value so far"), "customers", "money",
           _l("What all customers have paid, minus returns, ÷ customers; times the gross margin where it is set."),
           sales.value_so_far, is_now=True, of=_l("from %(n)s customers")),
    Metric("value_expected", _l("Customer value, next 12 months"), "customers", "money",
           _l("The mean of what each customer is expected to spend in the next 12 months; times the gross margin where "
              "it is set."),
           sales.expected_value, predicts="value", is_now=True, of=_l("from %(n)s customers")),
    Metric("new_customers", _l("New customers"), "acquisition", "number",
           _l("Customers whose first order fell into this time."), sales.new_customers),
    Metric("new_customers_expected", _l("Expected new customers"), "acquisition", "number",
           _l("A forecast from the new customers of the months before, as it was said when the month began."),
           sales.expected_new_customers, predicts="new_customers"),
    Metric("cost", _l("Cost of a new customer"), "acquisition", "money",
           _l("What was spent on winning customers ÷ new customers. With fewer than 10 new ones in a month the last "
              "three or six months count together."),
           acquisition.cost, is_better="down", of=_l("from %(n)s new customers")),
    Metric("cost_expected", _l("Expected cost of a new customer"), "acquisition", "money",
           _l("The spend entered for the month, or else the mean of the last three, ÷ the expected new customers."),
           acquisition.expected_cost, predicts="cost", is_better="down"),
    Metric("value_to_cost", _l("Value for each unit of cost"), "acquisition", "number",
           _l("Customer value of the next 12 months ÷ cost of a new customer. Three is often called healthy."),
           acquisition.value_to_cost, is_now=True),
    Metric("payback", _l("Earns back in"), "acquisition", "months",
           _l("Cost of a new customer ÷ what a customer is expected to bring in a month."),
           acquisition.payback_months, is_now=True, is_better="down"),
    Metric("win_rate", _l("Deals won"), "deals", "share",
           _l("Won ÷ won and lost, by the day of closing."), deals.win_rate),
    Metric("win_rate_expected", _l("Open deals that should be won"), "deals", "share",
           _l("The mean of the calibrated chances of all open deals; the range is what chance alone allows in 4 of 5 "
              "cases."),
           deals.expected_win_rate, predicts="win_rate", is_now=True),
    Metric("conversion", _l("New deals that were won"), "deals", "share",
           _l("Of the deals that began in this time, the share won. Said once a deal's usual time has passed."),
           deals.conversion),
    Metric("best_step", _l("Chance with the best step"), "deals", "share",
           _l("The share won of similar deals of the last 12 months in which the step was done (a task, a note, an "
              "answer), where each was seen 50 times with and without. Similar deals, not a proof of cause."),
           deals.best_step, predicts="conversion", is_now=True),
    Metric("pipeline", _l("Expected from open deals"), "deals", "money",
           _l("Sum of amount × the chance by the model, or else how often deals of that stage were won, drawn towards "
              "the stage's usual chance. Lost deals are not in it. The range is drawn 2,000 times."),
           deals.pipeline, is_now=True, of=_l("from %(n)s open deals")),
    Metric("velocity", _l("Money from deals a day"), "deals", "money",
           _l("Open deals × win rate × usual value of a won deal ÷ usual days until it is won, by the last 12 months."),
           deals.velocity, is_now=True, of=_l("from %(n)s closed deals")),
    Metric("mrr", _l("Recurring a month"), "recurring", "money",
           _l("All running subscriptions as money a month: a year ÷ 12, a week × 52 ÷ 12, at the end of this time."),
           subscriptions.recurring, of=_l("from %(n)s subscribers")),
    Metric("mrr_lost", _l("Recurring money lost"), "recurring", "share",
           _l("What customers pay less or no longer ÷ what they paid at the start."),
           subscriptions.revenue_lost, is_better="down", of=_l("from %(n)s subscribers")),
    Metric("payers_lost", _l("Subscribers lost"), "recurring", "share",
           _l("Customers with a subscription at the start and none at the end ÷ customers with one at the start."),
           subscriptions.payers_lost, is_better="down"),
    Metric("kept_net", _l("Same customers pay"), "recurring", "share",
           _l("What the customers of 12 months ago pay now ÷ what they paid then. New customers are left out."),
           subscriptions.kept_net, of=_l("from %(n)s subscribers")),
    Metric("kept_gross", _l("Same customers pay, without more"), "recurring", "share",
           _l("The same without what anybody pays more: 100 % at most."),
           subscriptions.kept_gross, of=_l("from %(n)s subscribers")),
    Metric("first_reply", _l("First reply"), "service", "minutes",
           _l("The middle time from a customer's first message to the first answer by a colleague, around the clock."),
           service.first_reply, is_better="down", of=_l("from %(n)s conversations")),
    Metric("resolution", _l("Until it is solved"), "service", "minutes",
           _l("The middle time from the first message to closing, of conversations closed in this time."),
           service.resolution, is_better="down", of=_l("from %(n)s conversations")),
    Metric("first_contact", _l("Solved with one answer"), "service", "share",
           _l("Closed with one answer and no new conversation of that person within 7 days ÷ all closed."),
           service.first_contact),
    Metric("mood", _l("Mood of customers"), "service", "points",
           _l("The mean mood of the messages from customers: 0 all unhappy, 50 neutral, 100 all happy. Only their own "
              "text counts; what a colleague corrected counts as corrected."),
           service.mood, of=_l("from %(n)s messages")),
)  # fmt: skip
