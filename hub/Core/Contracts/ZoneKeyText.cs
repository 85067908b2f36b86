using System.Globalization;

namespace Monitoring.Core.Contracts;

/// <summary>Says where the emissions of a source come down, and how sure that is.</summary>
public static class ZoneKeyText
{
    /// <summary>A paragraph on all keys of a contract; none where it has none.</summary>
    internal static IEnumerable<string> Of(Contract contract, Language language)
    {
        if (!contract.Fund.ZoneKeys.IsEmpty)
        {
            yield return (language == Language.Ukrainian
                    ? "Куди осідають викиди, а отже де витрачають частку платника (решта джерел — "
                        + "там, де стоять; межі з довірою 95 %):"
                    : "Where emissions come down, and so where the payer's part is spent (of any "
                        + "other source all of it where that stands; the range is of 95 % "
                        + "confidence):")
                + string.Concat(contract.Fund.ZoneKeys.Select(key =>
                    $"\n- {key.Key}: {Of(key.Value, language)}"));
        }
    }

    /// <summary>Such as <c>river 60 %, hill 40 %, each ± 10 points (dispersion-model,
    /// version 2)</c>.</summary>
    public static string Of(ZoneKey key, Language language)
    {
        var isUkrainian = language == Language.Ukrainian;
        var shares = string.Join(", ", key.Shares.Select(share =>
            $"{share.Zone} {Number(ZoneKey.PercentOf(share.Parts))} %"));
        if (key.UncertaintyPoints is not { } points)
        {
            return shares + (isUkrainian ? " (де стоїть)" : " (where it stands)");
        }

        var off = Number(points);
        return isUkrainian
            ? $"{shares}, кожна ± {off} в. п. ({Ukrainian(key.Provenance)}, версія {key.Version})"
            : $"{shares}, each ± {off} points ({key.Provenance}, version {key.Version})";
    }

    private static string Ukrainian(string provenance) => provenance switch
    {
        "distance-decay" => "за відстанню",
        "dispersion-model" => "модель розсіювання",
        "deposition-measured" => "виміряне осідання",
        _ => "заявлено",
    };

    private static string Number(decimal value) =>
        value.ToString("0.####", CultureInfo.InvariantCulture);
}
