import Foundation
package import MayflyCore

/// One connection's hold on a lease: what it is told, and how it ends.
package struct Tether: Sendable {
    package enum News: String, Sendable {
        /// The lease depends on this connection from now on.
        case tethered
        case renewed
        /// The lease is ending or has ended. Last.
        case ended
        /// The lease no longer depends on a connection. Last.
        case untethered
        /// The broker is being stopped. Last.
        case goodbye

        var isLast: Bool {
            switch self {
            case .tethered, .renewed: false
            case .ended, .untethered, .goodbye: true
            }
        }
    }

    package enum Line: Sendable {
        case news(News, Lease)
        /// A sign of life, for a connection on which nothing was said for a while.
        case alive
    }

    /// Ends after the last news, or when the tether is let go.
    package let lines: AsyncStream<Line>
    let id: UInt64
    let lease: LeaseID
    let tethers: Tethers

    package func signOfLife() { tethers.signOfLife(self) }

    /// The broker is being stopped: the lease waits for its holder in the broker's next life.
    package func sayGoodbye() { tethers.sayGoodbye(self) }

    /// The connection ended. Unless the last news was told, or another connection holds the lease too, it is lost.
    package func letGo() { tethers.letGo(self) }
}
