import MayflyCore

/// What a call comes to once its parts are parsed.
///
/// A route is a function from `Call` to `Action`: what it throws is the caller's mistake, what the action throws
/// is the broker's answer.
enum Action: Sendable {
    /// For whoever reaches the socket: the caller's names are not looked up.
    case open(@Sendable (any BrokerService) async throws(Refusal) -> Reply)
    case identified(@Sendable (any BrokerService, Identity) async throws(Refusal) -> Reply)
}
