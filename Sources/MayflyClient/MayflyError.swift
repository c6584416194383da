public import MayflyAPI

/// Why a call did not succeed. Safe to show: never holds a credential.
///
/// ```swift
/// do {
///     _ = try await client.lease("…")
/// } catch where error.code == .notFound {
///     …
/// }
/// ```
public struct MayflyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, stable and open: one of the daemon's problem codes or one of the client's own.
    public var code: Code
    /// What went wrong, in words.
    public var message: String
    /// What can be done.
    public var hint: String?
    /// The daemon's problem document, when the answer came from it.
    public var problem: Problem?

    public init(_ code: Code, _ message: String, hint: String? = nil, problem: Problem? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.problem = problem
    }

    init(_ problem: Problem) {
        self.init(
            Code(rawValue: problem.code.rawValue), problem.detail.isEmpty ? problem.title : problem.detail,
            hint: problem.hint, problem: problem)
    }

    public var description: String { "\(code): \(message)" }

    /// What a command should exit with.
    public var exit: ExitStatus {
        if let problem { return problem.code.exit(status: problem.status) }
        switch code {
        case .daemonUnreachable, .connectionLost: return .daemonUnreachable
        case .socketDenied, .tokenUnavailable: return .denied
        case .notMayfly, .unreadableReply, .replyTooLarge: return .protocolError
        case .timedOut: return .timedOut
        case .cancelled: return .internalError
        default: return .internalError
        }
    }
}
