import MayflyCore

/// A database's `mode` may not change while it has leases: the roles of one mode are not known in the other, and would
/// be taken for gone.
struct ModeChange: Error, CustomStringConvertible {
    let database: DatabaseName
    /// In which its leases were issued.
    let mode: DatabaseDefinition.Mode

    var description: String {
        "databases.\(database).mode: stays \(mode.rawValue) while leases live; revoke them or let them end, "
            + "then reload"
    }
}
