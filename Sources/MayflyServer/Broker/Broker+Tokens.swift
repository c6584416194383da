import Foundation
package import MayflyCore

/// What is believed because somebody signed it.
extension Broker {
    package func identity(bearing token: String) async throws(TokenFailure) -> TokenIdentity {
        try await tokens.identity(bearing: token, of: configuration.issuers, now: timekeeper.now())
    }
}
