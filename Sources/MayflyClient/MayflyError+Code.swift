public import MayflyAPI

extension MayflyError {
    /// The code of a failure. Equal to `ProblemCode`'s where the daemon answered.
    public struct Code: OpenCode {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        init(_ code: ProblemCode) {
            rawValue = code.rawValue
        }

        /// A token was to be sent along, and there is none.
        public static let tokenUnavailable = Code(rawValue: "token_unavailable")
        /// Nothing listens on the socket.
        public static let daemonUnreachable = Code(rawValue: "daemon_unreachable")
        /// The socket's permissions keep us out.
        public static let socketDenied = Code(rawValue: "socket_denied")
        /// What answers does not speak this API.
        public static let notMayfly = Code(rawValue: "not_mayfly")
        /// The connection ended before the reply was whole. What was asked for may have happened.
        public static let connectionLost = Code(rawValue: "connection_lost")
        /// The reply is larger than the client takes.
        public static let replyTooLarge = Code(rawValue: "reply_too_large")
        /// The reply is not what this version understands.
        public static let unreadableReply = Code(rawValue: "unreadable_reply")
        /// The calling task was cancelled.
        public static let cancelled = Code(rawValue: "cancelled")
        /// No reply in time, from the daemon or the database. What was asked for may have happened.
        public static let timedOut = Code(.timedOut)
        /// There is none, or it is not the caller's to see.
        public static let notFound = Code(.notFound)
        /// Policy says no.
        public static let denied = Code(.denied)

        /// A second factor is demanded.
        public static let mfaRequired = Code(.mfaRequired)
        /// The code is wrong or was used, or there is no second factor.
        public static let mfaInvalid = Code(.mfaInvalid)

        /// The client's own and the daemon's.
        public static var known: [Self] {
            [
                .daemonUnreachable, .socketDenied, .notMayfly, .connectionLost, .replyTooLarge,
                .unreadableReply, .cancelled, .tokenUnavailable,
            ] + ProblemCode.known.map(Code.init)
        }
    }
}
