/// How the daemon is.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct HealthStatus: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Everything works.
    public static let ok = HealthStatus(rawValue: "ok")
    /// Some database is unreachable or has findings, or some target of notifications takes none; the rest works.
    public static let degraded = HealthStatus(rawValue: "degraded")
    /// No lease can be given out.
    public static let failing = HealthStatus(rawValue: "failing")

    public static var known: [Self] { [.ok, .degraded, .failing] }
}
