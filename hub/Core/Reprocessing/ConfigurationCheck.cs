using Monitoring.Core.Averaging;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Reprocessing;

/// <summary>
/// Whether windows may be worked out under another configuration. It may say how readings become
/// numbers. Whose they are, which devices are listened to, how long windows are and what is made
/// of several of them stays as the running configuration has it.
/// </summary>
public static class ConfigurationCheck
{
    /// <summary>Adds a fault for all that would not fit the books.</summary>
    /// <param name="running">What the hub runs under, by the instant; null: not bound.</param>
    public static void Run(
        string source, Window span, ClusterMap cluster,
        Func<DateTimeOffset, (SourceBinding, Profile)?> running, Configuration proposed,
        Faults faults)
    {
        var file = proposed.Text.Cluster.File;
        var starts = cluster.Sources.Concat(proposed.Cluster.Sources)
            .Where(one => one.Id == source)
            .SelectMany(one => one.Until is { } until ? [one.From, until] : new[] { one.From })
            .Where(at => span.Contains(at.ToUnixTimeMilliseconds()))
            .Append(span.Start).Distinct().Order();
        foreach (var at in starts)
        {
            if (running(at) is not { } now)
            {
                continue;
            }

            if (proposed.At(source, at) is { } then)
            {
                Compare(file, now, then, faults);
            }
            else
            {
                faults.Add(
                    file, 0, $"'{source}' is not bound at {at:O}",
                    "bind it for the whole span, or take a shorter one");
            }
        }
    }

    private static void Compare(
        string file, (SourceBinding Source, Profile Profile) now,
        (SourceBinding Source, Profile Profile) then, Faults faults)
    {
        void Fault(bool isOne, string problem, string remedy)
        {
            if (isOne)
            {
                faults.Add(file, 0, problem, remedy);
            }
        }

        var (source, profile) = then;
        Fault(
            source.Member != now.Source.Member || source.Zone != now.Source.Zone,
            $"'{source.Id}' would belong to member '{source.Member}' and zone '{source.Zone}'",
            "leave both as they are; what changes hands is another source");
        Fault(
            source.Plant != now.Source.Plant || source.Gateway != now.Source.Gateway,
            $"'{source.Id}' would be measured by {source.Plant}/{source.Gateway}",
            $"leave it at {now.Source.Plant}/{now.Source.Gateway}");
        foreach (var device in source.Devices.Except(now.Source.Devices))
        {
            Fault(
                true,
                $"'{source.Id}' would need device '{device}', which cluster.yaml does not bind "
                + "there", "bind it in the running cluster.yaml first, and start the hub again");
        }

        Fault(
            profile.Window != now.Profile.Window,
            $"its windows would be {DocumentText.Format(profile.Window)} long, and are "
                + $"{DocumentText.Format(now.Profile.Window)}", "take a profile of that window");
        Fault(
            source.TimeZone.Id != now.Source.TimeZone.Id,
            $"its days would be those of '{source.TimeZone.Id}'",
            $"leave 'time_zone' as it is, '{now.Source.TimeZone.Id}'");
        Fault(
            !profile.Levels.SequenceEqual(now.Profile.Levels),
            $"profile '{profile.Id}' has other 'levels' than '{now.Profile.Id}'",
            "leave them as they are: longer averages follow the running profile");
        Fault(
            profile.MissingData != now.Profile.MissingData,
            $"profile '{profile.Id}' has another 'missing_data' than '{now.Profile.Id}'",
            "leave it as it is: what fills an hour follows from hours outside of the span too");
        Fault(
            profile.MissingData != GapRule.None && (
                profile.AverageDecimals != now.Profile.AverageDecimals
                || !source.Potentials.OrderBy(one => one.Key, StringComparer.Ordinal)
                    .SequenceEqual(now.Source.Potentials
                        .OrderBy(one => one.Key, StringComparer.Ordinal))),
            "its hours would be filled with other potentials or decimals",
            "leave 'potentials' and 'average_decimals' as they are");
    }
}
