/// The kind of a database server.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct EngineName: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// PostgreSQL 13 or newer.
    public static let postgresql = EngineName(rawValue: "postgresql")
    /// MariaDB.
    public static let mariadb = EngineName(rawValue: "mariadb")
    /// MySQL.
    public static let mysql = EngineName(rawValue: "mysql")

    public static var known: [Self] { [.postgresql, .mariadb, .mysql] }
}
