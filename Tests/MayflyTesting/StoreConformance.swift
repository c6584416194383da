package import MayflyCore
import Testing

/// One thing that every `Store` must do, said by the port alone.
///
///     @Test(arguments: StoreConformance.all)
///     func holds(_ promise: StoreConformance) async throws { try await promise.check(makeStore()) }
package struct StoreConformance: Sendable, CustomTestStringConvertible {
    /// A sentence about behaviour.
    package let sentence: String
    /// Runs on a store that is empty and nobody else's.
    package let check: @Sendable (any Store) async throws -> Void

    package var testDescription: String { sentence }

    init(_ sentence: String, _ check: @escaping @Sendable (any Store) async throws -> Void) {
        self.sentence = sentence
        self.check = check
    }

    package static let all =
        admission + limits + idempotency + requests + redemption + steps + claims + queries + audit
        + lockdowns + reviews + export + mfa + approvals + narrowing + privileges + sessions + statements
        + serverLogs
        + reports
        + checkpoints + search
}
