using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Reprocessing;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>What one window is worked out by.</summary>
/// <param name="Note">Who accepted another configuration for it; empty for the running one.
/// </param>
public sealed record WindowRules(
    SourceBinding Source, Profile Profile, AmendedWindow Amended, string Note)
{
    /// <summary>
    /// The rules of a window as they were known at a time: those of the running documents, or of
    /// the newest configuration that was accepted for it. Whether a second person has to approve
    /// what persons say is for the running profile alone.
    /// </summary>
    public static WindowRules Of(
        SourceBinding source, Window window, DateTimeOffset knownAt, ProfileSet profiles,
        (AmendmentBook Amendments, ConfigurationBook Configurations) books)
    {
        var running = profiles[source.Profile];
        var knownMs = knownAt.ToUnixTimeMilliseconds();
        var known = books.Amendments.KnownOf(source.Id, running, window, knownMs);
        var accepted = known.LastOrDefault(one => one.Kind == AmendmentKind.Reprocessing
            && one.FromMs <= window.StartMs && window.StartMs < one.UntilMs
            && AmendedWindow.IsInForce(one, running, known));
        return accepted is null
            ? new WindowRules(
                source, running, AmendedWindow.Of(source, running, window, known), "")
            : Under(books.Configurations.Find(accepted.Subject), source, window, running, profile =>
                books.Amendments.KnownOf(source.Id, profile, window, knownMs)) with
            {
                Note = $"under the configuration that {accepted.Author} accepted "
                    + $"({accepted.Id}): {accepted.Reason}",
            };
    }

    /// <summary>The rules of a window under a configuration that may not be accepted yet.
    /// </summary>
    public static WindowRules Under(
        Configuration configuration, SourceBinding source, Window window, Profile running,
        Func<Profile, IReadOnlyList<Amendment>> known)
    {
        var (binding, named) = configuration.At(source.Id, window.Start)!.Value;
        var profile = named with { NeedsApproval = running.NeedsApproval };
        return new WindowRules(
            binding, profile, AmendedWindow.Of(binding, profile, window, known(profile)), "");
    }
}
