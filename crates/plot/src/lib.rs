//! Pictures of curves, for people without a dashboard at hand.
