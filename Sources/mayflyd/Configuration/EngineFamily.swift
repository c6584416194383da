import MayflyCore

/// What differs in the configuration between kinds of servers.
enum EngineFamily: Equatable {
    case postgresql
    /// MariaDB and MySQL.
    case mysql

    init(_ engine: EngineKind) {
        switch engine {
        case .postgresql: self = .postgresql
        case .mariadb, .mysql: self = .mysql
        }
    }

    /// The port that servers listen on by default.
    var port: Int {
        switch self {
        case .postgresql: 5432
        case .mysql: 3306
        }
    }

    /// How a Unix socket is named, in words.
    var socket: String {
        switch self {
        case .postgresql: "the directory of a Unix socket"
        case .mysql: "the path of a Unix socket"
        }
    }

    /// PostgreSQL cuts longer names, with no more than a notice (NAMEDATALEN); MariaDB and MySQL refuse them, and count
    /// characters.
    var databaseLimit: ServerName.Limit {
        switch self {
        case .postgresql: .bytes(63)
        case .mysql: .characters(64)
        }
    }

    /// On MariaDB and MySQL each statement about an account gets slower with every account that there is.
    var ceilings: DatabaseDefinition.Ceilings {
        switch self {
        case .postgresql: .init()
        case .mysql: .init(maxLive: 1000)
        }
    }
}

extension EngineKind {
    /// How long the names of accounts and roles may be.
    var accountLimit: ServerName.Limit {
        switch self {
        case .postgresql: .bytes(63)
        case .mariadb: .characters(128)
        case .mysql: .characters(32)
        }
    }
}
