package import MayflyAPI

/// Brings notifications to one target: an HTTP server, a program.
package protocol Courier: Sendable {
    /// One attempt, which ends in bounded time.
    func deliver(_ message: NotificationMessage) async throws(DeliveryFailure)

    /// Gives back what it holds. Nothing is delivered afterwards.
    func close() async
}
