import Foundation
import MayflyAPI
import Testing

@Suite struct WireTests {
    @Test func `every type survives the wire`() throws {
        func check<Sample: WireObject>(_ sample: Sample) throws {
            let body = try MayflyJSON.encoder().encode(sample)
            #expect(try MayflyJSON.decoder().decode(Sample.self, from: body) == sample)
        }
        for sample in Samples.all { try check(sample) }
    }

    @Test func `a date keeps its milliseconds, whatever they are`() throws {
        for millisecond in 0..<1000 {
            let date = Date(timeIntervalSince1970: 1_785_412_800 + Double(millisecond) / 1000)
            let text = MayflyJSON.string(from: date)
            let digits = String(1000 + millisecond).dropFirst()
            #expect(text == "2026-07-30T12:00:00.\(digits)Z")
            #expect(MayflyJSON.date(from: text) == date)
        }
    }

    @Test(arguments: ["2026-07-30T12:00:00Z", "2026-07-30T12:00:00.000Z", "2026-07-30T14:00:00+02:00"])
    func `a date is read with and without fraction`(text: String) {
        #expect(MayflyJSON.date(from: text) == Date(timeIntervalSince1970: 1_785_412_800))
    }

    @Test(arguments: ["", "now", "2026-07-30", "1785412800", "2026-13-30T12:00:00Z"])
    func `what is no date is refused`(text: String) {
        #expect(MayflyJSON.date(from: text) == nil)
        #expect(throws: DecodingError.self) {
            try MayflyJSON.decoder().decode([Date].self, from: Data("[\"\(text)\"]".utf8))
        }
    }

    @Test func `members and codes of a newer daemon do no harm`() throws {
        let body = Data(#"{"user":"a","uid":1,"groups":[],"roles":["overlord"],"shoe_size":43}"#.utf8)
        let who = try MayflyJSON.decoder().decode(WhoAmI.self, from: body)
        #expect(who.roles == [CallerRole(rawValue: "overlord")])
    }

    @Test func `a problem carries the members of its code flat`() throws {
        let problem = Problem(
            .ttlAboveMaximum, detail: "at most 1h", field: "ttl_seconds",
            members: ["maximum_ttl_seconds": 3600])
        let body = try MayflyJSON.encoder().encode(problem)
        let object = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
        #expect(object["maximum_ttl_seconds"] as? Int == 3600)
        #expect(object["status"] as? Int == 422)
        #expect(try MayflyJSON.decoder().decode(Problem.self, from: body) == problem)
    }

    @Test func `an extension member cannot pose as one of the problem's own`() throws {
        let problem = Problem(.denied, detail: "no", members: ["code": "internal", "hint": "sure"])
        let body = try MayflyJSON.encoder().encode(problem)
        let read = try MayflyJSON.decoder().decode(Problem.self, from: body)
        #expect(read.code == .denied)
        #expect(read.hint == nil)
    }

    @Test func `a credential shows its password nowhere but in its JSON`() throws {
        let credential = Samples.credential
        let reply = RequestReply(request: Samples.request, lease: Samples.lease, credential: credential)
        var dumped = ""
        dump(reply, to: &dumped)
        for text in [
            "\(credential)", String(reflecting: credential), "\(reply)", String(reflecting: reply), dumped,
        ] {
            #expect(!text.contains(credential.password))
        }
        let body = try MayflyJSON.encoder().encode(credential)
        #expect(String(decoding: body, as: UTF8.self).contains(credential.password))
    }

    @Test func `the codes are unique and their statuses are errors`() {
        #expect(Set(ProblemCode.table.map(\.code)).count == ProblemCode.table.count)
        for entry in ProblemCode.table {
            #expect((400..<600).contains(entry.status))
            #expect(entry.exit != .success)
        }
        #expect(ProblemCode(rawValue: "new").exit(status: 404) == .notFound)
        #expect(ProblemCode(rawValue: "new").exit(status: 503) == .internalError)
    }
}
