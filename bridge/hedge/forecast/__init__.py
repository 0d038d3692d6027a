"""Monthly sums with intervals, from daily history."""
