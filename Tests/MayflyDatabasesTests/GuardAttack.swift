import Testing

/// Attacks on the guard, by hand. One after the other: they share a server.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct GuardAttack {}
