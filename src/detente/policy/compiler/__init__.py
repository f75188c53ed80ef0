"""From measures to a shock: what they hit, how they stack, what each piece of a flow then pays."""
