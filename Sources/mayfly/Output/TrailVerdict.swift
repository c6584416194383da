import Foundation
import MayflyAPI
import MayflyTrail

/// What a verifier saw, as JSON.
struct TrailVerdict: Encodable {
    struct Fault: Encodable {
        var record: Int64?
        var checkpoint: Int64?
        var line: Int?
        var what: String
    }

    var whole: Bool
    var fault: Fault?
    var records: Int64?
    var first: Int64?
    var last: Int64?
    var lastHash: String?
    var checkpoints: Int?
    var signedUpTo: Int64?
    var signedAt: Date?
    var unsignedFrom: Int64?
    var keys: [String]?
    var kept: Int?
    var notes: [String]?

    enum CodingKeys: String, CodingKey {
        case whole, fault, records, first, last, checkpoints, keys, kept, notes
        case lastHash = "last_hash"
        case signedUpTo = "signed_up_to"
        case signedAt = "signed_at"
        case unsignedFrom = "unsigned_from"
    }

    init(_ report: TrailReport) {
        whole = true
        records = report.records
        (first, last, lastHash) = (report.first, report.last, report.lastHash)
        checkpoints = report.checkpoints
        (signedUpTo, signedAt, keys) = (report.signedUpTo, report.signedAt, report.keys)
        (unsignedFrom, kept, notes) = (report.unsigned?.lowerBound, report.kept, report.notes)
    }

    init(_ fault: TrailFault) {
        whole = false
        var said = Fault(what: fault.what)
        switch fault.place {
        case .record(let number): said.record = number
        case .checkpoint(let number): said.checkpoint = number
        case .line(let number): said.line = number
        case .keys: break
        }
        self.fault = said
    }
}
