import Foundation
import Logging
import MayflyCore

/// What is read of statements, beside the looks.
extension SessionWatch {
    /// Reads what was run by leases whose profile says that it is kept: again and again while they have sessions, and once when a
    /// session or the lease has ended. Looking at sessions goes on whatever becomes of it.
    func readStatements() async {
        let kept = kept
        let open = Set((book?.open.values.filter { kept.contains($0.profile) } ?? []).map(\.lease))
        agenda.keep(kept, open: open)
        let leases = agenda.due(open: open, now: timekeeper.now())
        guard !leases.isEmpty else { return }
        let answers: StatementReadings
        do throws(EngineFailure) { answers = try await engine.statements(of: leases) } catch {
            notRead(error)
            agenda.failed(timekeeper.now())
            // Alone, and the server is there: it may be this one's doing.
            if leases.count == 1, error.kind != .unreachable { await failed(leases[0], "\(error)") }
            return
        }
        agenda.answered()
        figures.statementFailure = nil
        let byLease = Dictionary(
            answers.readings.map { ($0.lease, $0) }, uniquingKeysWith: { first, _ in first })
        for lease in leases {
            if let failure = answers.failures[lease] {
                notRead(failure)
                await failed(lease, "\(failure)")
                continue
            }
            // One that the guard does not know has run nothing that is ours to tell.
            guard let reading = byLease[lease] else {
                agenda.read(lease, now: timekeeper.now())
                continue
            }
            do throws(StoreError) { try await record(reading) } catch {
                if case .unwritable = error {
                    notRecorded(error)
                    agenda.failed(timekeeper.now())
                    return
                }
                await failed(lease, "\(error)")
            }
        }
    }

    private func record(_ reading: StatementReading) async throws(StoreError) {
        let known = try await store.statements(of: reading.lease)
        let redacted = await Self.redacted(reading, engineKind, known)
        let now = timekeeper.now()
        if try await store.record(redacted, at: now), redacted.isOverfull, !(known?.isOverfull ?? false) {
            logger.notice(
                "a lease runs more different statements than are kept",
                metadata: [
                    "lease": "\(reading.lease)", "statements": "\(reading.total ?? reading.statements.count)",
                ])
        }
        agenda.read(reading.lease, now: now)
    }

    /// Away from the actor: nobody waits for long texts.
    private nonisolated static func redacted(
        _ reading: StatementReading, _ kind: EngineKind, _ known: StatementSummary?
    ) async -> StatementReading {
        reading.redacted(as: kind, known: known)
    }

    private func notRead(_ failure: EngineFailure) {
        if figures.statementFailure?.code != failure.code || figures.statementFailure?.kind != failure.kind {
            logger.warning("statements not read", metadata: ["failure": "\(failure)"])
        }
        figures.statementFailure = failure
    }

    private func failed(_ lease: LeaseID, _ why: String) async {
        let now = timekeeper.now()
        guard agenda.failed(lease, now) else { return }
        figures.unreadStatements += 1
        logger.error(
            "what a lease ran could not be read, and is not tried again",
            metadata: ["lease": "\(lease)", "failure": "\(why)"])
        do throws(StoreError) {
            try await store.record(StatementReading(lease: lease, source: .unreadable), at: now)
        } catch {
            logger.error(
                "nor could that be recorded", metadata: ["lease": "\(lease)", "error": "\(error)"])
        }
    }
}
