namespace Monitoring.Wire;

/// <summary>
/// The one rule for names of plants, gateways, devices, points, members and zones:
/// <c>[a-z0-9-]{1,40}</c>. Lower case only, so no two can differ in case alone.
/// </summary>
public static class Identifier
{
    public const int LengthMax = 40;

    public const string Rule = "use 1 to 40 characters out of a-z, 0-9 and '-'";

    public static bool IsValid(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > LengthMax)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
