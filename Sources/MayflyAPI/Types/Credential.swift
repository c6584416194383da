public import Foundation

/// What a client needs to connect. Holds the password: its descriptions leave it out.
public struct Credential: WireObject {
    /// The kind of server.
    public var engine: EngineName
    /// Host name, address, or the directory of a Unix socket.
    public var host: String
    /// The port.
    public var port: Int
    /// The database's name on its server.
    public var database: String
    /// The login role.
    public var username: String
    /// The password. Exists here only.
    public var password: String
    /// The TLS to insist on.
    public var tls: CredentialTLS
    /// When the login role ends, unless it is renewed.
    public var validUntil: Date

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case engine
        case host
        case port
        case database
        case username
        case password
        case tls
        case validUntil = "valid_until"
    }

    public init(
        engine: EngineName, host: String, port: Int, database: String, username: String, password: String,
        tls: CredentialTLS, validUntil: Date
    ) {
        self.engine = engine
        self.host = host
        self.port = port
        self.database = database
        self.username = username
        self.password = password
        self.tls = tls
        self.validUntil = validUntil
    }
}
