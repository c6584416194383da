/// Why one host of a connection's list did not take us.
package struct HostFailure<Code: ServerErrorCode>: Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        /// The server refused, with its code.
        case refused(Code)
        /// It is a standby, or sessions of ours are read-only there.
        case readOnly
        case timedOut
        case cancelled
        /// No server, no name, no TLS, a certificate that does not match: see the detail.
        case unreachable
    }

    package let host: String
    package let port: Int
    package let reason: Reason
    /// The library's words.
    package let detail: String

    package init(host: String, port: Int, reason: Reason, detail: String) {
        self.host = host
        self.port = port
        self.reason = reason
        self.detail = detail
    }

    package var code: Code? {
        if case .refused(let code) = reason { code } else { nil }
    }
}

extension HostFailure: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        switch reason {
        case .refused(let code): "\(host):\(port) refused us (\(code): \(code.meaning))"
        case .readOnly: "\(host):\(port) is read-only"
        case .timedOut: "\(host):\(port) did not answer in time"
        case .cancelled: "\(host):\(port) was given up, as the call was cancelled"
        case .unreachable: "\(host):\(port) cannot be reached"
        }
    }

    package var debugDescription: String {
        detail.isEmpty ? description : "\(description): \(detail)"
    }
}
