# What the model loses without the trigger, from the words of `intervene`: mean effects, and one mixed model of them.
#
#   Rscript interventions.R DIR                    DIR: what `intervene` wrote
#
# Needs lme4 (CRAN; Debian: r-cran-lme4).

suppressPackageStartupMessages(library(lme4))
options(width = 120)

read_interventions <- function(dir) {
  d <- read.csv(file.path(dir, "interventions.csv.gz"), encoding = "UTF-8", stringsAsFactors = FALSE)
  stopifnot(all(c("measure", "place", "layer", "head", "effect", "intact", "stem", "suffix") %in% names(d)))
  d
}

# Mean effect of each measure over all layers and heads, by cell: what the log-odds of the gold segment lose.
mean_effects <- function(d) {
  d <- d[d$layer == "all" & d$head == "all", ]
  found <- aggregate(effect ~ measure + place + cell, d, mean)
  found <- reshape(found, idvar = c("measure", "place"), timevar = "cell", direction = "wide")
  names(found) <- sub("effect.", "", names(found), fixed = TRUE)
  found[order(-found$TR), c("measure", "place", intersect(c("TR", "TN", "CR", "CN"), names(found)))]
}

# What cutting an edge to the trigger costs above cutting the same edge to the other segments, over words: the intercept
# of a model with crossed random effects. In one cell there is nothing to vary within stems or suffixes: no slopes.
against_controls <- function(d, measure = "cross", cell = "TR") {
  d <- d[d$measure == measure & d$cell == cell & d$layer == "all" & d$head == "all", ]
  of <- function(place) d[d$place == place, c("id", "stem", "suffix", "effect")]
  both <- merge(of("trigger"), of("others"), by = c("id", "stem", "suffix"), suffixes = c("", ".others"))
  both$difference <- both$effect - both$effect.others
  m <- lmer(difference ~ 1 + (1 | stem) + (1 | suffix), both)
  ends <- suppressMessages(confint(m, "(Intercept)", method = "Wald"))
  c(words = nrow(both), difference = fixef(m)[[1]], low = ends[1], high = ends[2])
}

if (sys.nframe() == 0) {
  arguments <- commandArgs(trailingOnly = TRUE)
  if (length(arguments) != 1) {
    message("usage: Rscript interventions.R DIR")
    quit(status = 2)
  }
  d <- read_interventions(arguments[1])
  print(format(mean_effects(d), digits = 2, nsmall = 2), row.names = FALSE)
  cat("\nKnock-out of cross-attention to the trigger, minus that to the other segments, in TR:\n")
  print(round(against_controls(d), 2))
}
