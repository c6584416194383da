/// What a server says of who is connected. From outside: whoever connects chooses the application's name.
package struct SessionClient: Hashable, Sendable {
    /// The catalogue's name of the database (schema) that it is in; nil for none.
    package var database: String?
    /// Nil for a Unix socket.
    package var address: String?
    package var port: Int?
    /// As the client called itself, when it was first seen; nil where the server does not know.
    package var application: String?
    /// Nil where the server does not say.
    package var isEncrypted: Bool?
    /// `TLSv1.3`
    package var tlsVersion: String?
    package var cipher: String?

    /// - Parameter application: cut to 200 Unicode scalars: a character may have any number of them.
    package init(
        database: String? = nil, address: String? = nil, port: Int? = nil, application: String? = nil,
        isEncrypted: Bool? = nil, tlsVersion: String? = nil, cipher: String? = nil
    ) {
        self.database = database
        self.address = address
        self.port = port
        self.application = application.flatMap { $0.isEmpty ? nil : String($0.unicodeScalars.prefix(200)) }
        self.isEncrypted = isEncrypted
        self.tlsVersion = tlsVersion
        self.cipher = cipher
    }
}
