import AsyncHTTPClient
import Foundation
import MayflyAPI
import NIOCore
import NIOHTTP1

extension MayflyError {
    /// What a failure below HTTP means. Only numbers and types are looked at, and no text of theirs is passed on.
    static func transport(_ error: any Error) -> MayflyError {
        switch error {
        case let error as MayflyError: return error
        case let error as IOError: return system(error.errnoCode)
        case is CancellationError: return MayflyError(.cancelled, "cancelled")
        case is NIOTooManyBytesError:
            return MayflyError(.replyTooLarge, "the reply is larger than the client takes")
        case HTTPParserError.invalidEOFState: return lost
        case is HTTPParserError: return MayflyError(.notMayfly, "what answers there does not speak HTTP")
        case SocketAddressError.unixDomainSocketPathTooLong:
            return MayflyError(.daemonUnreachable, "the path is too long for a Unix socket")
        case let error as ChannelError:
            if case .connectTimeout = error { return system(ETIMEDOUT) }
            return lost
        case let error as HTTPClientError:
            switch error {
            case .cancelled: return MayflyError(.cancelled, "cancelled")
            case .remoteConnectionClosed: return lost
            case .connectTimeout, .getConnectionFromPoolTimeout: return system(ETIMEDOUT)
            case .deadlineExceeded, .readTimeout, .writeTimeout:
                return MayflyError(.timedOut, "no answer in time")
            default: return lost
            }
        default: return lost
        }
    }

    private static var lost: MayflyError {
        MayflyError(
            .connectionLost, "the connection to the daemon was lost before its reply",
            hint: "what was asked for may have happened; look with 'mayfly leases'")
    }

    private static func system(_ number: Int32) -> MayflyError {
        switch number {
        case EACCES, EPERM:
            return MayflyError(
                .socketDenied, "the socket's permissions do not let you in",
                hint: "membership in the socket's group is needed; log in again after being added")
        case ENOENT:
            return MayflyError(
                .daemonUnreachable, "there is no socket",
                hint: "is mayflyd running? --socket names another one")
        case ECONNREFUSED:
            return MayflyError(
                .daemonUnreachable, "nobody listens on the socket", hint: "is mayflyd running?")
        case ECONNRESET, EPIPE: return lost
        case ENOTSOCK, EPROTOTYPE: return MayflyError(.notMayfly, "that is not a socket of a mayflyd")
        case ETIMEDOUT, EAGAIN:
            return MayflyError(
                .daemonUnreachable, "the daemon does not take connections", hint: "is it hanging?")
        default: return MayflyError(.daemonUnreachable, "cannot connect (error \(number))")
        }
    }
}
