extension DatabaseDefinition {
    /// What `mode: direct` risks, in words for `check` and `status`; nil with a guard.
    package var risk: String? {
        guard mode == .direct else { return nil }
        return switch engine {
        case .postgresql:
            "mode direct: nothing in the server holds our account to its job. Whoever steals it makes login roles in each"
                + " group that it may hand on, for as long as they like; before PostgreSQL 16 CREATEROLE is nearly a superuser"
        case .mariadb:
            "mode direct: whoever steals our account has the server: with CREATE USER it sets anybody's password, root's too"
        case .mysql:
            "mode direct: whoever steals our account sets the password of every account without SYSTEM_USER, and makes"
                + " accounts in each group that it may hand on"
        }
    }
}
