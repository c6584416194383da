package import MayflyAPI

/// Brings nothing to anybody: for a broker that was given no way to.
package struct NoCourier: Courier {
    package init() {}
    package func deliver(_ message: NotificationMessage) async throws(DeliveryFailure) { throw .internal }
    package func close() async {}
}
