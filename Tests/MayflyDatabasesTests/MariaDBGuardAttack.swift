import Testing

/// Attacks on the guard of MariaDB and MySQL, by hand. One after the other: they share a server.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct MariaDBGuardAttack {}
