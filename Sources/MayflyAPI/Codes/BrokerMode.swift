/// How the broker acts in a server.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct BrokerMode: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Through the guard's functions alone.
    public static let `guard` = BrokerMode(rawValue: "guard")
    /// With rights of its own: what the guard promises is not enforced by the server.
    public static let direct = BrokerMode(rawValue: "direct")

    public static var known: [Self] { [.`guard`, .direct] }
}
