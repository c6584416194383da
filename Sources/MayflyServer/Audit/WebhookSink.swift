import Foundation
import MayflyAPI
package import MayflyCore
package import MayflyTrail

/// Posts records to an HTTP server, a batch at a time and a line each, signed as notifications are.
package final class WebhookSink: AuditSink {
    private let courier: WebhookCourier
    private let formatter: AuditFormatter

    package init(_ courier: WebhookCourier, formatter: AuditFormatter) {
        self.courier = courier
        self.formatter = formatter
    }

    package func close() async { await courier.close() }

    package func deliver(_ records: [MayflyCore.AuditRecord]) async throws(DeliveryFailure) {
        guard let first = records.first, let last = records.last else { return }
        var body: [UInt8] = []
        do { for record in records { body += try formatter.line(record) + [0x0A] } } catch { throw .internal }
        // The same batch has the same id when it comes again: the numbers of its first and last record.
        let id = "\(formatter.installation).\(first.sequence)-\(last.sequence)"
        let type = formatter.format == .cef ? "text/plain; charset=utf-8" : MayflyJSON.streamContentType
        do throws(DeliveryFailure) {
            try await courier.deliver(body, type: type, event: "audit", id: id)
        } catch .status(let status) where [400, 413, 422].contains(status) && records.count > 1 {
            // Too much at once, or one of them is not to its taste: then that one alone waits, and those before it do not.
            let half = records.count / 2
            try await deliver(Array(records[..<half]))
            try await deliver(Array(records[half...]))
        }
    }
}
